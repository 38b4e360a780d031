if CMOCKA
endif
